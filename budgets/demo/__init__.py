"""The demonstration's budget: made by the real steps at moments in the past, on any day of the year.

`lines` adapts the shipped budget document, `content` writes proposals, `people` and `rounds` set the scene,
`stories` lead each proposal to its fate, `timetable` plays everything in the order of time.
"""
