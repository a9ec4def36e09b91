//! saagie.
