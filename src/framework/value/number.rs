//! Decimal numbers of any size.

use bigdecimal::BigDecimal;

/// A decimal number, exactly as HCL had it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub BigDecimal);
