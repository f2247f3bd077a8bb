"""The typed relational intermediate representation."""
