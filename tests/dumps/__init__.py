"""Databases as earlier versions left them, with data: what every later migration must bring along unharmed."""
