# The last part is the UUID that Quay gave it: `terraform query` lists them.
terraform import quay_default_permission.example example-default-permission/e15ef419-679e-4502-b70d-6264ca9f52b8
