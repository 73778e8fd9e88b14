"""What the service keeps of its own work, in `service.sqlite` beside the collections: the log of answers."""
