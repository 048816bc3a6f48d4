CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  username text CHECK (length(username) BETWEEN 3 AND 32),
  full_name text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
  phone_number text CHECK (length(phone_number) BETWEEN 3 AND 20),
  password_hash text NOT NULL,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['customer', 'staff', 'admin']),
  active boolean NOT NULL DEFAULT true,
  last_login_at timestamptz(3),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  deleted_by text
);
-- One live account per address and per name, whatever the letter case; a deleted one frees both.
CREATE UNIQUE INDEX users_email_unique ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_username_unique ON users (lower(username)) WHERE deleted_at IS NULL;
