"""The pages: each asks who it is, reads, and fills in one template."""
