"""The command line's work: inputs, configuration, outputs, reports. `rulec.cli` only reads arguments and calls this."""
