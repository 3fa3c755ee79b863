"""The control API below `/_mock`. What is in this package is loaded when somebody asks for it, but for who may."""
