"""Room on the disks: nothing new starts while there is too little, administrators are told in time, and space can be freed."""
