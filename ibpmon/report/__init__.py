"""Reports: figures out of the store, and documents that people read and sign."""
