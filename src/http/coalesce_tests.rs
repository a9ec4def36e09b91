//! Tests of coalesce.
