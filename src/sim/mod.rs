//! The simulated account: real wire protocols on loopback, with a world behind them.
