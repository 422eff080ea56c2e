"""Privacy: what keeps people out of places where they need not be named."""
