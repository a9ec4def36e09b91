output "parse_size" {
  value = provider::quay::parse_size("10 GiB") # 10737418240
}
