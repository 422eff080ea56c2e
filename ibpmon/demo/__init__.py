"""A fictitious school board and a simulated Microsoft 365: the product without a tenant."""
