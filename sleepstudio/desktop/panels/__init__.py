"""The panels on the rail, one package each."""
