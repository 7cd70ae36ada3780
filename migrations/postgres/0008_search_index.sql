-- The index of this database is kept by the database.
SELECT 1;
