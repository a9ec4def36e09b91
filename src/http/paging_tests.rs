//! Tests of paging.
