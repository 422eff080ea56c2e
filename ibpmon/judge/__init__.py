"""Judge: rules in Sigma over the views of the store, to findings and four outcomes."""
