"""What a chat model writes, read as it comes: complete sentences with the marks of the sentences that they rest on."""
