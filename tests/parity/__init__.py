"""Whether every engine gives the same rows: events are solved from a rule's own predicates, then run everywhere."""
