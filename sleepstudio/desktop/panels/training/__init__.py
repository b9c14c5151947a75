"""The Training panel: a configuration and what it costs, runs as they learn, and what waits behind them."""
