"""The dashboard below `/_mock/dashboard`: pages for people, over the use cases that the control API has."""
