//! The contract model: `.http` trees go in, one [`Contract`] and its OpenAPI document come out.
