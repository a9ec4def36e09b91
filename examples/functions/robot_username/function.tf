output "robot_username" {
  value = provider::quay::robot_username("acme", "ci") # "acme+ci"
}
