"""The catalogue's rows by family: dict literals keyed by KQL's spelling, written as `rulec.catalogue.notation` says."""
