terraform import quay_repository_mirror.example example-repository-mirror/app
