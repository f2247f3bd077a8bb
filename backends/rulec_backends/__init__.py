"""The targets. Nothing imports this package but `rulec.registry`, by name and at run time."""
