"""The nouns: frozen values that every other floor speaks in. Nothing here decides, acts, or imports another room."""
