"""Rule files: what a rule is (`model`), reading one (`load`), and checking it against its query's columns (`checks`)."""
