terraform import quay_robot.example admin+ci
