data "harbor_robot_permissions" "example" {}
