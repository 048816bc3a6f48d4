CREATE TABLE signing_keys (
  -- The RFC 7638 thumbprint of the public key; the kid of the tokens it signs.
  id text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('current', 'next', 'retired')),
  public_key jsonb NOT NULL,
  sealed_private_key text NOT NULL,
  -- When the last token of a retired key is dead, and the key leaves the published set.
  verify_until timestamptz(3) CHECK ((state = 'retired') = (verify_until IS NOT NULL)),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
-- Replicas that start at once agree on the first pair.
CREATE UNIQUE INDEX signing_keys_state_unique ON signing_keys (state) WHERE state <> 'retired';
