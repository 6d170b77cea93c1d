"""The ways in which the pretend providers can err, as data: each fault says what is wrong and names only what it
changes. One file a protocol."""
