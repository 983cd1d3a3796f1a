-- Logins that others end. Read 0001 first; the same rules hold.

-- When its refresh token was last used; NULL until it was.
ALTER TABLE login ADD COLUMN renewed_us BIGINT;
-- Set once, with `ended_us`: when somebody who looks after the person ended it, which has an entry.
ALTER TABLE login ADD COLUMN revoked_us BIGINT;
