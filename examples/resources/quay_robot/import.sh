terraform import quay_robot.example example-robot+ci
