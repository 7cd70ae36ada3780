-- Recordings that a node finds running when it starts. Equal to postgres/0046_recording_running.sql.
CREATE INDEX recording_running ON recording (id) WHERE state = 'running';
