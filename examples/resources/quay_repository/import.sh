terraform import quay_repository.example example-repository/team/app
