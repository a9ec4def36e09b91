//! Functions that every provider offers.

mod docker_config_json;
mod parse_image;
mod parse_size;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use docker_config_json::DockerConfigJson;
pub use parse_image::ParseImage;
pub use parse_size::ParseSize;
