"""`kordkit diff`: the same journey on two servers, and in which fields of their answers they differ."""
