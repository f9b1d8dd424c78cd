"""The views of a project, one file each, and the registry that lists them."""
