"""`python -m rulec` is the command `rulec`."""

from rulec.cli import main

raise SystemExit(main())
