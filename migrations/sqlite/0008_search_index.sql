-- The writer keeps the search index itself, once for all that is committed together; see src/store/search_index.rs.
DROP TRIGGER case_search_added;
DROP TRIGGER case_search_changed;
