"""Reading the encodings of binary protocols, with bounds that no length field of the other side can move."""
