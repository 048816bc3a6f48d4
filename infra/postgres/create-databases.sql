-- polystore_auth is made by the image; one more database for the second service on this server.
CREATE DATABASE polystore_orders;
