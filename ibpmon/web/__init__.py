"""The pages for people: a process of its own, which holds no credential that reads the tenant."""
