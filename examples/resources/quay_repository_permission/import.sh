# A robot's permission; users and teams have /user/NAME and /team/NAME at the end.
terraform import quay_repository_permission.example example-repository-permission/app/robot/example-repository-permission+ci
