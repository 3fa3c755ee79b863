"""`kordkit proxy`: between an application and a server, whose answers it passes on as they come, and judges."""
