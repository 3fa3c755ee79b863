"""One run of `kordkit load`, from its flags to its report."""
